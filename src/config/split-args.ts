/**
 * The word grammar of redis.conf: splitting a line into words, and quoting a word so that it survives the way back.
 * The loader, CONFIG REWRITE and redis-server's argv all use it. Strings are byte strings (one char a byte).
 */

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };
const QUOTED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\x07": "\\a",
};

// Words end at these four; the wider class of blanks is only skipped between words, so `a\vb` is one word.
const WORD_END = /[ \n\r\t]/;
const BLANK = /[ \n\r\t\v\f]/;

interface Piece {
  readonly text: string;
  /** Just past the closing quote. */
  readonly end: number;
}

/** The text of a "quoted" piece that opens just before `start`, or null when it is not closed properly. */
function readDoubleQuoted(line: string, start: number): Piece | null {
  let text = "";
  let at = start;
  for (;;) {
    const char = line[at];
    if (char === undefined) return null;
    if (char === '"') return closePiece(line, text, at + 1);
    if (char !== "\\" || at + 1 >= line.length) {
      text += char;
      at++;
      continue;
    }
    const hex = /^x[0-9a-fA-F]{2}/.test(line.slice(at + 1, at + 4));
    if (hex) {
      text += String.fromCharCode(Number.parseInt(line.slice(at + 2, at + 4), 16));
      at += 4;
    } else {
      const escaped = line.charAt(at + 1);
      text += ESCAPES[escaped] ?? escaped;
      at += 2;
    }
  }
}

/** The same for a 'quoted' piece, where \' is the only escape. */
function readSingleQuoted(line: string, start: number): Piece | null {
  let text = "";
  let at = start;
  for (;;) {
    const char = line[at];
    if (char === undefined) return null;
    if (char === "'") return closePiece(line, text, at + 1);
    const escaped = char === "\\" && line[at + 1] === "'";
    text += escaped ? "'" : char;
    at += escaped ? 2 : 1;
  }
}

/** A closing quote must be followed by a blank or the end of the line. */
function closePiece(line: string, text: string, end: number): Piece | null {
  const next = line[end];
  return next === undefined || BLANK.test(next) ? { text, end } : null;
}

/**
 * Splits a line into words. Null means unbalanced quotes, or a closing quote that something follows.
 * A quote may open in the middle of a word (`a"b c"` is one word), and closing it ends the word.
 */
export function splitArgs(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && BLANK.test(line.charAt(at))) at++;
    if (at >= line.length) return words;
    let word = "";
    while (at < line.length && !WORD_END.test(line.charAt(at))) {
      const char = line.charAt(at);
      if (char === '"' || char === "'") {
        const piece = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1);
        if (piece === null) return null;
        word += piece.text;
        at = piece.end;
        break;
      }
      word += char;
      at++;
    }
    words.push(word);
  }
}

function isPrintable(char: string): boolean {
  return char >= " " && char <= "~";
}

/** The word in double quotes, with everything that is not printable ASCII escaped. */
export function quoteArg(word: string): string {
  let quoted = '"';
  for (const char of word) {
    const escaped = QUOTED[char];
    if (escaped !== undefined) quoted += escaped;
    else if (isPrintable(char)) quoted += char;
    else quoted += `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  }
  return `${quoted}"`;
}

/** The word as it is when it reads back as the same word, and quoted otherwise. */
export function quoteArgIfNeeded(word: string): string {
  if (word === "") return '""';
  for (const char of word) {
    if (char === " " || char === "'" || QUOTED[char] !== undefined || !isPrintable(char)) return quoteArg(word);
  }
  return word;
}

/** CONFIG SET splits the value of a many-word directive at every single blank; an empty value has no words. */
export function splitAtBlanks(value: string): string[] {
  return value === "" ? [] : value.split(" ");
}

/** Without the blanks and line ends around it. Linear, where a regular expression is quadratic on inner blanks. */
export function trimLine(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && WORD_END.test(line.charAt(start))) start++;
  while (end > start && WORD_END.test(line.charAt(end - 1))) end--;
  return line.slice(start, end);
}

/** What C code sees of a string: everything before the first NUL byte. */
export function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** A JavaScript string as the bytes of its UTF-8 form, one char a byte. */
export function toByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The text that a byte string of the configuration stands for: a path as Node takes it. */
export function fromByteString(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
