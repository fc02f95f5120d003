export const LONG: readonly string[];

export default class LongFirst {
  constructor(options: { readonly contexts: readonly object[]; readonly globalConfig: object });
  sort<Test extends { readonly path: string }>(tests: readonly Test[]): Test[];
}
