/** Colours for a terminal; plain text when `enabled` is false, so that rendering is the same everywhere. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

export function createPaint(enabled: boolean): Paint {
  const sgr = (code: number) => (text: string) =>
    enabled && text !== '' ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
  return { bold: sgr(1), dim: sgr(2), red: sgr(31), green: sgr(32), yellow: sgr(33) };
}

export const PLAIN: Paint = createPaint(false);
