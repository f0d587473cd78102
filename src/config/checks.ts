/** What a well-formed value must fulfil beyond its kind. The files of table/ pass these as `check`. */
import type { SetContext } from "./directive.js";
import { expandProcTitle } from "./proc-title.js";

const LONGEST_HOST_CHARS = 255;

function isBaseName(path: string): boolean {
  return !path.includes("/") && !path.includes("\\");
}

export function checkDbFilename(name: string): string | null {
  return isBaseName(name) ? null : "dbfilename can't be a path, just a filename";
}

export function checkAppendFilename(name: string): string | null {
  if (name === "") return "appendfilename can't be empty";
  return isBaseName(name) ? null : "appendfilename can't be a path, just a filename";
}

export function checkAppendDirname(name: string): string | null {
  if (name === "") return "appenddirname can't be empty";
  return isBaseName(name) ? null : "appenddirname can't be a path, just a dirname";
}

export function checkHostname(name: string | null): string | null {
  if (name === null) return null;
  if (name.length > LONGEST_HOST_CHARS) return "Hostnames must be less than 256 characters";
  return /^[A-Za-z0-9.-]*$/.test(name) ? null : "Hostnames may only contain alphanumeric characters, hyphens or dots";
}

export function checkNodename(name: string | null): string | null {
  const broken = name !== null && /[!#$%&()*+:;<>?@[\]^{|}~]/.test(name);
  return broken ? "Announced human node name contained invalid character" : null;
}

export function checkShutdownFlags(flags: readonly string[]): string | null {
  const both = flags.includes("save") && flags.includes("nosave");
  return both ? "shutdown options SAVE and NOSAVE can't be used simultaneously" : null;
}

/** The title must not come out empty where the program's own name is. */
export function checkProcTitle(template: string, context: SetContext): string | null {
  const title = expandProcTitle(template, {
    title: "",
    listenAddress: "*:0",
    serverMode: context.clusterEnabled ? "[cluster]" : "",
    configFile: context.configFile ?? "-",
    port: "0",
    tlsPort: "0",
    unixSocket: context.unixSocket ?? "",
  });
  return title === null || title === "" ? "template format is invalid or contains unknown variables" : null;
}

/** Texts are compared byte by byte, which these names stand for; any other is one that is not installed. */
export function checkLocale(name: string): string | null {
  return /^(?:|C|POSIX|C\.(?:utf|UTF)-?8)$/.test(name) ? null : "Invalid locale name";
}
