import type { Buffer } from '../ir/buffer.js';

/** Small numbers for the buffers of one program, in the order in which they are met. */
export class BufferIds {
  private readonly ids = new Map<Buffer, number>();

  reset(): void {
    this.ids.clear();
  }

  of(buffer: Buffer): number {
    let id = this.ids.get(buffer);
    if (id === undefined) this.ids.set(buffer, id = this.ids.size);
    return id;
  }
}
