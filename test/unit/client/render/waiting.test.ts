import { describe, expect, test } from '@jest/globals';
import { PLAIN } from '../../../../client/terminal/paint.js';
import { renderStatus } from '../../../../client/render/status.js';
import { commandLine, flagsOf, renderWaiting } from '../../../../client/render/waiting.js';
import { GATE, NOW, status } from '../harness.js';

const CONTEXT = { paint: PLAIN, now: NOW, command: 'readiness', page: 'http://ui/page' };

describe('a run at a gate', () => {
  const text = renderStatus(status(), CONTEXT).join('\n');

  test('shows where it is, the proof, until when and what then', () => {
    expect(text).toContain('Phase:           4 of 14, Gate: enable');
    expect(text).toContain('- 5 of 5 flows are fine with the flag off');
    expect(text).toContain('until 2026-11-24 18:00:05 UTC (23h30m left); then: the run ends REJECTED');
    expect(text).toContain('Page: http://ui/page');
    expect(text).toContain('Digest of this proof: 0123456789abcdef');
  });

  test('shows the exact JSON: what stands there parses to what the run offers', () => {
    const blocks = [...text.matchAll(/^ {4}\{\n(?:.*\n)*? {4}\}/gm)].map((match): unknown =>
      JSON.parse(match[0]),
    );
    expect(blocks).toEqual([GATE.paste['approve'], GATE.paste['reject']]);
  });

  test('shows the exact commands, with the digest and words for a shell', () => {
    const id = 'readiness-staging-20261123-180000';
    expect(text).toContain(
      `readiness approve ${id} --gate enable --digest 0123456789abcdef --by 'YOUR NAME'`,
    );
    expect(text).toContain(`readiness reject ${id} --gate enable --digest 0123456789abcdef --by 'YOUR NAME'`);
  });

  test('no line is longer because of a colour when there are none', () => {
    expect(text).not.toContain('\u001b');
  });
});

describe('at gate finish and at attention', () => {
  test('what gate finish proposes becomes options', () => {
    expect(flagsOf({ gate: 'finish', dualWrite: 'keep', cleanup: true })).toEqual([
      '--gate finish',
      '--dual-write keep',
      '--cleanup',
    ]);
    expect(flagsOf({ cleanup: false, samples: 5, reason: '' })).toEqual(['--no-cleanup', '--samples 5']);
  });

  test('attention has no digest and offers what fits', () => {
    const attention = {
      ...GATE,
      kind: 'attention' as const,
      gate: null,
      digest: null,
      title: 'Attention',
      paste: { retry: { by: 'YOUR NAME' } },
    };
    const text = renderWaiting(attention, 'r1', CONTEXT).join('\n');
    expect(text).toContain("readiness retry r1 --by 'YOUR NAME'");
    expect(text).not.toContain('Digest');
  });

  test('a hostile id or reason stays one word of the shell', () => {
    expect(
      commandLine('reject', { workflowId: 'a b;rm', payload: { reason: "it's $(x)" }, command: 'readiness' }),
    ).toBe(`readiness reject 'a b;rm' --reason 'it'\\''s $(x)'`);
  });
});
