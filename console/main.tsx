/** The console's entry. It exchanges a link's code for the cookie, then shows the page that the address names. */
import { StrictMode, useEffect, useRef } from 'react'
import { createRoot } from 'react-dom/client'
import type { Page } from './address.ts'
import { pageOf, useHash } from './address.ts'
import { Notice } from './notice.tsx'
import { releasesHref } from './filter.ts'
import { PatienceNote } from './patience-note.tsx'
import { ReleasesPage } from './releases-page.tsx'
import { ReleasePage } from './release-page.tsx'
import { ConsoleProblem, openSession } from './requests.ts'
import { SignIn } from './sign-in.tsx'
import { ServicePage } from './service-page.tsx'
import { ServicesPage } from './services-page.tsx'
import { useStranger } from './stranger.ts'
import './style.css'

function Console() {
  const hash = useHash()
  const page = pageOf(hash)
  const stranger = useStranger()
  const main = useRef<HTMLElement>(null)
  const first = useRef<string | null>(hash)
  // After a link, a user with a keyboard or a screen reader continues at the top, as on a new page.
  useEffect(() => {
    if (first.current === hash) return
    first.current = null
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [hash])
  useEffect(() => {
    document.title = stranger === null ? titleOf(page) : 'Sign in · Holdfast'
  })
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header className="bar">
        <a className="brand" href="#/">
          Holdfast
        </a>
        <nav aria-label="Main">
          {stranger === null && (
            <>
              <a href="#/" aria-current={page.kind === 'services' ? 'page' : undefined}>
                Services
              </a>
              <a href={releasesHref()} aria-current={page.kind === 'releases' ? 'page' : undefined}>
                Releases
              </a>
            </>
          )}
          <a href="/docs">API</a>
        </nav>
      </header>
      <main ref={main} tabIndex={-1}>
        <PatienceNote />
        {stranger === null ? <Shown hash={hash} page={page} /> : <SignIn stranger={stranger} />}
      </main>
    </>
  )
}

function titleOf(page: Page): string {
  switch (page.kind) {
    case 'services':
      return 'Holdfast'
    case 'releases':
      return 'Releases · Holdfast'
    case 'service':
      return `${page.name} · Holdfast`
    case 'release':
      return `${page.id} · Holdfast`
  }
}

function Shown({ hash, page }: { readonly hash: string; readonly page: Page }) {
  switch (page.kind) {
    case 'services':
      return <ServicesPage />
    case 'releases':
      return <ReleasesPage key={hash} filter={page.filter} />
    case 'service':
      return <ServicePage key={hash} name={page.name} />
    case 'release':
      return <ReleasePage key={hash} id={page.id} path={page.path} />
  }
}

const root = createRoot(document.getElementById('root') ?? document.body)
const show = () =>
  root.render(
    <StrictMode>
      <Console />
    </StrictMode>,
  )
try {
  await openSession(location.hash)
  show()
} catch (error) {
  if (error instanceof ConsoleProblem && error.status === 401) show()
  else
    root.render(
      <main>
        <Notice error={error} />
      </main>,
    )
}
