/** A node in words, for details and for screen readers. */
import type { LoopNode } from '../../../server/src/protocol/loop-tree-view.js';
import { bytes, count, percent } from '../base/numbers.js';
import { t } from '../base/setup.js';

/** What the colours mean. */
export type LoopClass = 'parallel' | 'vectorize' | 'unroll' | 'thread' | 'reduce' | 'plain' | 'stage' | 'compute';

export function loopClass(node: LoopNode): LoopClass {
  if (node.kind !== 'loop') return node.kind;
  switch (node.annotation) {
    case 'parallel': case 'vectorize': case 'unroll': return node.annotation;
    case 'for': return node.iterator === 'reduction' ? 'reduce' : 'plain';
    default: return 'thread';
  }
}

export function title(node: LoopNode): string {
  if (node.kind === 'stage') return node.name;
  if (node.kind === 'compute') return `${node.name} = …`;
  return node.name;
}

export function nodeWords(node: LoopNode): string {
  const parts: string[] = [];
  if (node.kind === 'stage') parts.push(node.attached ? t('stage {name}, computed here', { name: node.name }) : t('stage {name}', { name: node.name }), ...node.notes);
  else if (node.kind === 'compute') parts.push(node.times === null ? t('{name} is computed', { name: node.name }) : t('{name} is computed {times} times', { name: node.name, times: count(node.times) }));
  else {
    parts.push(t('{annotation} {name} of {stage}', { annotation: node.annotation, name: node.name, stage: node.stage }));
    parts.push(node.extent === null ? t('extent {extent}', { extent: node.extentText }) : t('{count} iterations', { count: count(node.extent) }));
    if (node.iterator === 'reduction') parts.push(t('reduction'));
  }
  if (node.touched !== null) parts.push(t('touches {bytes}', { bytes: bytes(node.touched) }));
  if (node.share !== null) parts.push(t('{share} of the work', { share: percent(node.share) }));
  return parts.join(', ');
}
