/** Reports are long and repeat themselves: they are kept gzipped. */

/** The text, gzipped. */
export function packed(text: string): Promise<ArrayBuffer> {
  return through(new Blob([text]), new CompressionStream("gzip")).arrayBuffer();
}

/** The text of what `packed` made. */
export function unpacked(content: ArrayBuffer): Promise<string> {
  return through(new Blob([content]), new DecompressionStream("gzip")).text();
}

function through(blob: Blob, stream: CompressionStream | DecompressionStream): Response {
  return new Response(blob.stream().pipeThrough(stream));
}
