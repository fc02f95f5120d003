import { readFile } from 'node:fs/promises';
import { projectFolder } from '../../lab/project.js';

/** A whole file of the project, for tests that hold it against a server. */
export function projectFile(name: string): Promise<string> {
  return readFile(`${projectFolder()}/${name}`, 'utf8');
}
