import { NAME, section, text, texts, type SchemaNode } from './schema-node.js';

/** What the environment is called, where its work runs, and what it may touch at all. */
export const IDENTITY: Readonly<Record<string, SchemaNode>> = {
  name: text(
    {
      title: 'Name',
      description:
        "The environment's name; must be the file's name without .yaml. It is what people type to start a run.",
      examples: ['staging', 'lab'],
    },
    NAME,
  ),
  kind: {
    type: 'string',
    title: 'Kind',
    description:
      '"staging" is a shared system. "lab" is a throw-away one on this machine: only loopback hosts are allowed, and gates may pass automatically.',
    enum: ['staging', 'lab'],
    examples: ['staging'],
  },
  taskQueue: text({
    title: 'Task queue',
    description:
      'Temporal task queue on which the activities of this environment run. All workers of a queue need the same environment file.',
    default: 'readiness',
    examples: ['readiness', 'readiness-eu'],
  }),
  allow: section(
    {
      title: 'Allow-list',
      description:
        'The only hosts, databases and namespaces that a run may touch, compared exactly. Anything else is refused before it is touched. Names that contain the word prod, production, prd or live are refused even when they stand here.',
      examples: [
        { hosts: ['staging.deltacrown.gg', 'db.staging.internal'], databases: ['deltacrown_staging'] },
      ],
    },
    {
      hosts: texts(
        {
          title: 'Hosts',
          description:
            'Host names or addresses, without port, of the API and of the database. A database on a Unix socket: its folder.',
          examples: [['staging.deltacrown.gg', 'db.staging.internal'], ['127.0.0.1']],
        },
        { minItems: 1 },
      ),
      databases: texts(
        {
          title: 'Databases',
          description: 'Names of databases that may be read and in which a run may delete its own test rows.',
          examples: [['deltacrown_staging']],
        },
        { minItems: 1 },
      ),
      namespaces: texts({
        title: 'Namespaces',
        description: 'Kubernetes namespaces; empty for methods that use none.',
        default: [],
        examples: [['deltacrown']],
      }),
    },
  ),
};
