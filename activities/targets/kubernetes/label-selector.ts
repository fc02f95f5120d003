import type { V1LabelSelector } from '@kubernetes/client-node';
import { TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';

/**
 * A selector of an object as the text that lists take: every requirement joined by a comma, all of which have to hold.
 * @throws UnexpectedAnswer for an empty one, which would select everything, and for an operator that is not known.
 */
export function selectorText(selector: V1LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        throw failure(TERMINAL.unexpected, `The label selector's operator ${operator} is not known.`);
    }
  });
  const all = [...equal, ...others];
  if (all.length > 0) return all.join(',');
  throw failure(TERMINAL.unexpected, 'The label selector is empty, so it would select every pod.');
}
