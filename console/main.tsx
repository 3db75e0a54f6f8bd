/** The console: reads the API, owns no truth. A link's code is exchanged for the cookie first, then the path says what is shown. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Notice } from './notice.tsx'
import { ReleasePage } from './release-page.tsx'
import { openSession } from './requests.ts'
import { ServicesPage } from './services-page.tsx'
import './style.css'

function Page() {
  const [, noun, id] = location.pathname.split('/')
  return (
    <>
      <header className="bar">
        <a className="brand" href="/">
          Holdfast
        </a>
        <nav aria-label="More">
          <a href="/docs">API</a>
        </nav>
      </header>
      <main>{noun === 'releases' && id ? <ReleasePage id={decodeURIComponent(id)} /> : <ServicesPage />}</main>
    </>
  )
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
