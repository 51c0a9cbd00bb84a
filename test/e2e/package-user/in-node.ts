import { argumentsOf, use } from "./use.js";

const [, , text = ""] = process.argv;
console.log(JSON.stringify(await use(argumentsOf(new URLSearchParams(text)))));
