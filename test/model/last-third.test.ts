import { describe } from "vitest";
import { runHistories } from "./histories";

describe("R1: random histories against a plain reference, last third", runHistories);
