/** The title of the process in `ps`, from proc-title-template. Called by main.ts at the start and by CONFIG SET. */
import type { Config } from "../config/config.js";
import { expandProcTitle } from "../config/proc-title.js";
import { fromByteString, toByteString } from "../config/split-args.js";

/** Sets the title unless set-proc-title says no; false when the template is no good. `title` is the program's path. */
export function setProcTitle(config: Config, title: string): boolean {
  const { values } = config;
  if (!values["set-proc-title"]) return true;
  const port = values.port || values["tls-port"];
  const listenAddress = port === 0 ? `unixsocket:${values.unixsocket ?? ""}` : `${values.bind[0] ?? "*"}:${port}`;
  const expanded = expandProcTitle(values["proc-title-template"], {
    title: toByteString(title),
    listenAddress,
    serverMode: values["cluster-enabled"] ? "[cluster]" : "",
    configFile: config.configFile ?? "",
    port: String(values.port),
    tlsPort: String(values["tls-port"]),
    unixSocket: values.unixsocket ?? "",
  });
  if (expanded === null) return false;
  process.title = fromByteString(expanded);
  return true;
}
