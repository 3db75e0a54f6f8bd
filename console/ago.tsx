/** An instant as people say it: how long ago, with the whole of it where the pointer rests. */
import { agoText } from './ago-text.ts'

/** Said anew whenever the page reads the API again. */
export function Ago({ at }: { readonly at: string }) {
  const instant = new Date(at)
  return (
    <time dateTime={at} title={instant.toLocaleString()}>
      {agoText(instant.getTime(), Date.now())}
    </time>
  )
}
