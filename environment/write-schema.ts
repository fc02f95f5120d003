/** Writes environment.schema.json anew from the schema's source: `node dist/environment/write-schema.js FILE`, then prettier. */
import { writeFile } from 'node:fs/promises';
import { environmentSchemaText } from './schema/environment-schema.js';

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error(
    'which file? usage: node dist/environment/write-schema.js environment/environment.schema.json',
  );
await writeFile(file, environmentSchemaText());
