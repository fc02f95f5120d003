import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flowResponseFile } from '../../procedure/evidence-names.js';
import type { FlowObservation } from '../../procedure/observations.js';
import type { FlowContext, RunFlowInput, RunFlowOutput } from '../contract.js';
import { jsonText, writeEvidenceFile } from '../support/files.js';
import { redact } from '../support/redact.js';
import type { FlowRequest } from './flows.js';
import type { ApiResponse } from './response.js';

/** How a flow went, before it is written down. */
export interface FlowOutcome {
  readonly status: FlowObservation['status'];
  readonly reason: string | null;
  readonly context: FlowContext | null;
  /** The row stood already: an earlier try made it, and its answer was lost. */
  readonly recovered: boolean;
  readonly request: FlowRequest | null;
  readonly response: ApiResponse | null;
  readonly correlationId: string | null;
  readonly startedAt: string;
  readonly unanswered?: FlowObservation['unanswered'];
  readonly effect?: FlowObservation['effect'];
  readonly notCompared?: readonly string[];
}

/**
 * Saves request (it never holds the signature), response and times under the seed's name, and makes the step's result.
 * The result stands in the file too, so that a step whose result was lost finds it again.
 */
export async function saveFlow(input: RunFlowInput, outcome: FlowOutcome): Promise<RunFlowOutput> {
  const { response } = outcome;
  const at = new Date().toISOString();
  const observation: FlowObservation = {
    kind: 'flow',
    id: input.observationId,
    at,
    source: 'api',
    side: input.side,
    flow: input.flow,
    status: outcome.status,
    http: response?.status ?? null,
    ms: response === null ? null : Math.round(response.ms * 10) / 10,
    reason: outcome.reason,
    ...(outcome.unanswered === undefined ? {} : { unanswered: outcome.unanswered }),
    ...(outcome.effect === undefined ? {} : { effect: outcome.effect }),
    ...((outcome.notCompared ?? []).length === 0 ? {} : { notCompared: outcome.notCompared }),
  };
  const file = flowResponseFile(input.side, input.flow);
  const result = { observation, context: outcome.context, correlationId: outcome.correlationId, file };
  const evidence = {
    teamName: input.teamName,
    startedAt: outcome.startedAt,
    endedAt: at,
    recovered: outcome.recovered,
    request: outcome.request,
    response: response === null ? null : responseForEvidence(response),
    result,
  };
  await writeEvidenceFile(input.evidence, file, jsonText(evidence));
  return result;
}

/**
 * The result of an earlier try of the same step that succeeded, that saw that its success had no effect, or that was answered as
 * failed, when its file was written before the try was lost: sent once more, the second request would hide what the first one
 * did, or did not do.
 */
export async function savedFlow(input: RunFlowInput): Promise<RunFlowOutput | null> {
  const file = flowResponseFile(input.side, input.flow);
  const text = await readFile(join(input.evidence.path, file), 'utf8').catch(() => null);
  return text === null ? null : parseSaved(text, input);
}

function parseSaved(text: string, input: RunFlowInput): RunFlowOutput | null {
  try {
    const saved: unknown = JSON.parse(text);
    if (typeof saved !== 'object' || saved === null || !('teamName' in saved) || !('result' in saved))
      return null;
    // We wrote this file ourselves; name and id show that it is this step's.
    const result = saved.result as RunFlowOutput;
    const same = saved.teamName === input.teamName && result.observation.id === input.observationId;
    const { status, effect, http } = result.observation;
    const final =
      (status === 'ok' && result.context !== null) ||
      effect === 'not-as-asked' ||
      (status === 'failed' && http !== null);
    return same && final ? result : null;
  } catch {
    return null;
  }
}

function responseForEvidence(response: ApiResponse): Readonly<Record<string, unknown>> {
  return {
    status: response.status,
    headers: response.headers,
    body: jsonOr(redact(response.body)),
    ...(response.truncated ? { truncated: true } : {}),
    ms: response.ms,
    correlationId: response.correlationId,
  };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
