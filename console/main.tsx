/** The console: reads the API, owns no truth. A link's code is exchanged for the cookie first, then the fragment says what is shown: `#/releases/<id>`, `#/rollbacks/<id>`, else all services. */
import { StrictMode, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { Notice } from './notice.tsx'
import { ReleasePage } from './release-page.tsx'
import { openSession } from './requests.ts'
import { ServicesPage } from './services-page.tsx'
import './style.css'

function Page() {
  const hash = useSyncExternalStore(onHash, () => location.hash)
  const [, noun, id] = hash.split('/')
  const isOne = (noun === 'releases' || noun === 'rollbacks') && id
  return (
    <>
      <header className="bar">
        <a className="brand" href="#/">
          Holdfast
        </a>
        <nav aria-label="More">
          <a href="/docs">API</a>
        </nav>
      </header>
      <main>{isOne ? <ReleasePage key={hash} path={`/v1/${noun}/${id}`} /> : <ServicesPage />}</main>
    </>
  )
}

function onHash(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

const root = createRoot(document.getElementById('root') ?? document.body)
try {
  await openSession(location.hash)
  root.render(
    <StrictMode>
      <Page />
    </StrictMode>,
  )
} catch (error) {
  root.render(
    <main>
      <Notice error={error} />
    </main>,
  )
}
