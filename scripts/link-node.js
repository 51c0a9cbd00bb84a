/**
 * After an install: node_modules/.bin/node, so that npm's scripts run on the Node that came along. npm 11 makes that link by
 * itself; npm 10 takes it away again together with the packages that are for other platforms. Plain JavaScript, since it is
 * the one script that runs on whatever Node the machine has. On Windows npm 10 leaves the machine's own Node in place.
 */
import { existsSync, rmSync, symlinkSync } from "node:fs";

const { platform, arch } = process;
const packageName = `${platform === "darwin" && arch === "arm64" ? "node-bin" : "node"}-${platform}-${arch}`;
const link = new URL("../node_modules/.bin/node", import.meta.url);
const target = `../${packageName}/bin/node`;

if (platform !== "win32" && !existsSync(link) && existsSync(new URL(target, link))) {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}
