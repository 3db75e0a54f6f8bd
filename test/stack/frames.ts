/** The frames of an event stream. */

/** Yields frames as they arrive, without comments. */
export async function* framesOf(response: Response): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk)
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) if (!frame.startsWith(':')) yield frame
  }
}

/** The frame's id, else the frame itself. */
export const idOf = (frame: string | undefined | void): string => /^id: (\d+)/m.exec(frame ?? '')?.[1] ?? String(frame)
