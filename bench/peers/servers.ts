/** PostgreSQL and Redis as Debian has them, each with data of its own in a temporary folder and a socket in it, and no port. */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Daemon } from "./daemon.ts";

const POSTGRES_VERSIONS = "/usr/lib/postgresql";
const CONNECTIONS = 100;

export interface Server {
  daemon: Daemon;
  version: string;
  /** For the services. */
  socket: string;
}

/** Undefined where it is not installed. */
export async function startPostgres(directory: string): Promise<Server | undefined> {
  const newest = existsSync(POSTGRES_VERSIONS)
    ? readdirSync(POSTGRES_VERSIONS).toSorted((a, b) => Number(b) - Number(a))[0]
    : undefined;
  const bin = join(POSTGRES_VERSIONS, newest ?? "", "bin");
  if (!existsSync(join(bin, "initdb"))) return undefined;
  const user = process.getuid?.() === 0 ? userCalled("postgres") : undefined;
  const data = join(directory, "data");
  mkdirSync(directory, { recursive: true });
  if (user) chownSync(directory, user.uid, user.gid);
  const init = ["--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8"];
  execFileSync(join(bin, "initdb"), init, { stdio: "ignore", ...user });
  const version = execFileSync(join(bin, "postgres"), ["--version"], { encoding: "utf8" });
  const settings = { listen_addresses: "", unix_socket_directories: directory, max_connections: CONNECTIONS };
  const daemon = await Daemon.start({
    command: join(bin, "postgres"),
    args: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    user,
    // Waits for nobody who is still connected.
    stopSignal: "SIGINT",
    isReady: (output) => output.includes("ready to accept connections"),
  });
  return { daemon, version: version.trim().replace(/^postgres \(PostgreSQL\) /, ""), socket: directory };
}

/** Undefined where it is not installed. */
export async function startRedis(directory: string): Promise<Server | undefined> {
  const command = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "redis-server"))
    .find((file) => existsSync(file));
  if (command === undefined) return undefined;
  mkdirSync(directory, { recursive: true });
  const socket = join(directory, "redis.sock");
  const version = execFileSync(command, ["--version"], { encoding: "utf8" });
  const settings = {
    port: "0",
    unixsocket: socket,
    dir: directory,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
  };
  const daemon = await Daemon.start({
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    isReady: (output) => output.includes("eady to accept connections"),
  });
  return { daemon, version: /v=(\S+)/.exec(version)?.[1] ?? version, socket };
}

function userCalled(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
