/**
 * The template of the process title: `{variable}` is replaced, `{{` is a brace. The check of proc-title-template uses
 * it, and whoever sets the title.
 */

export interface TitleFacts {
  readonly title: string;
  readonly listenAddress: string;
  readonly serverMode: string;
  readonly configFile: string;
  readonly port: string;
  readonly tlsPort: string;
  readonly unixSocket: string;
}

/** The title, or null when the template is malformed or names an unknown variable. */
export function expandProcTitle(template: string, facts: TitleFacts): string | null {
  const variables = new Map([
    ["title", facts.title],
    ["listen-addr", facts.listenAddress],
    ["server-mode", facts.serverMode],
    ["config-file", facts.configFile],
    ["port", facts.port],
    ["tls-port", facts.tlsPort],
    ["unixsocket", facts.unixSocket],
  ]);
  let title = "";
  let at = 0;
  for (;;) {
    const open = template.indexOf("{", at);
    if (open < 0) return `${title}${template.slice(at)}`.replace(/^ +| +$/g, "");
    title += template.slice(at, open);
    if (template[open + 1] === "{") {
      title += "{";
      at = open + 2;
      continue;
    }
    const close = template.indexOf("}", open);
    const value = close < 0 ? undefined : variables.get(template.slice(open + 1, close));
    if (value === undefined) return null;
    title += value;
    at = close + 1;
  }
}
