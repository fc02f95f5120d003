/**
 * Replaces `$(NAME)` as the kubelet does in the `value` of an `env` entry: `$$` is a dollar, a name that `lookUp` does not
 * know stays as it is written, everything else is text.
 */
export function expandReferences(text: string, lookUp: (name: string) => string | null): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (whole: string, name: string | undefined) =>
    name === undefined ? '$' : (lookUp(name) ?? whole),
  );
}
