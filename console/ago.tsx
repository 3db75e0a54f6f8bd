/** How long ago an instant was, with its date and time as the tooltip. */
import { agoText } from './ago-text.ts'

/** Updated whenever the page reads the API again. */
export function Ago({ at }: { readonly at: string }) {
  const instant = new Date(at)
  return (
    <time dateTime={at} title={instant.toLocaleString()}>
      {agoText(instant.getTime(), Date.now())}
    </time>
  )
}
