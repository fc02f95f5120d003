import { GATES } from '../../procedure/phases.js';
import { SIZE, section, text, texts, type SchemaNode } from './schema-node.js';

function contact(title: string): SchemaNode {
  return {
    type: 'string',
    title,
    description: `${title} of seed §13: a name and how to reach it. "[FILL IN]" or nothing fails the preconditions.`,
    examples: ['Ana Ruiz, ana@example.org, +49 30 1234567'],
  };
}

/** Who decides, who is called, and where the evidence goes. */
export const PEOPLE: Readonly<Record<string, SchemaNode>> = {
  approvers: section(
    {
      title: 'Approvers',
      description:
        'Who may decide a gate. Empty: nobody, the gate runs into its deadline. ["*"]: everybody, the starter too.',
      examples: [{ enable: ['ana'], soak: ['ana', 'joe'], finish: ['ana'] }],
    },
    Object.fromEntries(
      GATES.map((gate) => [
        gate,
        texts({
          title: `Gate ${gate}`,
          description: `Who may decide gate ${gate}.`,
          default: [],
          examples: [['ana', 'joe'], ['*']],
        }),
      ]),
    ),
  ),
  approval: section(
    {
      title: 'Approval',
      description: 'How a gate is decided, beside who may.',
      examples: [{ quorum: { enable: 2 }, starterMayApprove: false }],
    },
    {
      quorum: section(
        {
          title: 'Quorum',
          description: 'So many different approvers must approve; one reject is enough.',
          examples: [{ enable: 2 }],
        },
        Object.fromEntries(
          GATES.map((gate) => [
            gate,
            {
              type: 'integer',
              title: `Gate ${gate}`,
              description: `Approvals that gate ${gate} needs.`,
              minimum: 1,
              maximum: 10,
              default: 1,
              examples: [2],
            },
          ]),
        ),
      ),
      starterMayApprove: {
        type: 'boolean',
        title: 'Starter may approve',
        description:
          'false: whoever started the run approves none of its gates, and a start must say who it is (startedBy).',
        default: true,
        examples: [false],
      },
      identity: {
        type: 'string',
        enum: ['record', 'require'],
        title: 'Identity',
        description:
          'The name in a decision is a claim. record: say in the evidence whether the identity that Temporal recorded matches it; require: a decision whose identity does not match is refused, which shuts out a Temporal without authentication.',
        default: 'record',
        examples: ['require'],
      },
    },
  ),
  contacts: section(
    {
      title: 'Contacts',
      description: 'The four roles of seed §13.',
      examples: [{ backendLead: 'Ana Ruiz, ana@example.org' }],
    },
    {
      backendLead: contact('Backend lead'),
      databaseAdmin: contact('Database admin'),
      platform: contact('DevOps / platform'),
      onCall: contact('On-call engineer'),
    },
  ),
  artifacts: section(
    { title: 'Artifacts', description: 'Where the evidence is written.', examples: [{ root: '..' }] },
    {
      root: text({
        title: 'Root',
        description:
          "The folder under which artifacts/p5_t6/YYYYMMDD_HHMM appears; normally the repository that keeps the evidence. A relative path counts from this file's own folder.",
        examples: ['..', '/srv/evidence'],
      }),
      minimumFree: text(
        {
          title: 'Minimum free',
          description: 'So much room must be free before a run.',
          default: '200MiB',
          examples: ['200MiB', '1GiB'],
        },
        SIZE,
      ),
    },
  ),
  publish: section(
    {
      title: 'Publish',
      description: 'What happens with the result (seed §8.3, §12).',
      examples: [{ gitCommit: true }],
    },
    {
      tracker: {
        type: ['string', 'null'],
        title: 'Tracker',
        description:
          "Markdown file that gets the block of seed §8.3 at its end. A relative path counts from this file's own folder.",
        default: null,
        minLength: 1,
        examples: ['../Documents/Team & Organization/Execution/TEAM_ORG_VNEXT_TRACKER.md'],
      },
      gitCommit: {
        type: 'boolean',
        title: 'Git commit',
        description: 'Commit the evidence folder to the repository in which it stands.',
        default: false,
        examples: [true],
      },
    },
  ),
  testing: section(
    {
      title: 'Testing',
      description: 'Only for tests of the product itself; refused outside a lab.',
      examples: [{ guardianWatch: true }],
    },
    {
      guardianWatch: {
        type: 'boolean',
        title: 'Guardian watch',
        description: 'Off only in time-skipping tests: time does not skip while the guardian watches.',
        default: true,
        examples: [true],
      },
    },
  ),
};
