import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTE } from '../../procedure/search-attributes.js';

/** Sets one of the five search attributes; see procedure/search-attributes.ts. */
export function upsertKeyword(attribute: keyof typeof SEARCH_ATTRIBUTE, value: string): void {
  const key = defineSearchAttributeKey(SEARCH_ATTRIBUTE[attribute], SearchAttributeType.KEYWORD);
  upsertSearchAttributes([{ key, value }]);
}

/** First act of a run: a copied start brings the old run's values along. */
export function resetSearchAttributes(environment: string | null): void {
  const values = {
    environment: environment ?? 'unknown',
    phase: 'plan',
    verdict: 'none',
    outcome: 'none',
    waitingFor: 'none',
  } as const;
  upsertSearchAttributes(
    (Object.keys(values) as (keyof typeof values)[]).map((attribute) => ({
      key: defineSearchAttributeKey(SEARCH_ATTRIBUTE[attribute], SearchAttributeType.KEYWORD),
      value: values[attribute],
    })),
  );
}
