/** Frames of an event stream, as a reader meets them. */

/** As they come; comments are left out. */
export async function* framesOf(response: Response): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk)
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) if (!frame.startsWith(':')) yield frame
  }
}

/** The frame's id; the frame itself where it has none. */
export const idOf = (frame: string | undefined | void): string => /^id: (\d+)/m.exec(frame ?? '')?.[1] ?? String(frame)
