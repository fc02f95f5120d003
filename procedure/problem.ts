/** One thing that is wrong with what a person gave, told so that it can be mended without reading anything else. */
export interface Problem {
  /** Where: a field's path (`target.supervisor.program`), a file, a host. */
  readonly path: string;
  /** What is wrong and what would be right. Never holds a secret's value. */
  readonly message: string;
}

/** All problems as one text, one line each. */
export function listProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `- ${problem.path}: ${problem.message}`).join('\n');
}
