/** Operators that are none of ONNX's own and that somebody else defines. */
import type { Operator } from './operator.js';

/** Operators by `functionKey`. */
export type CustomOperators = (key: string) => Operator | undefined;

export const noCustomOperators: CustomOperators = () => undefined;
