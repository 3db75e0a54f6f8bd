/** The laws of every page, checked in the browser on its real layout. */
import type { Page } from 'playwright-core'

/** The violations, as sentences. */
export const faultsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const faults: string[] = []
    const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) faults.push(`it is ${scrollWidth - clientWidth} px too wide`)
    const [title, ...more] = all('h1').map((each) => each.innerText)
    if (!title || more.length > 0) faults.push(`its titles are ${JSON.stringify([title, ...more])}`)
    const levels = all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName[1]))
    for (const [at, level] of levels.entries())
      if (level > (levels[at - 1] ?? 0) + 1)
        faults.push(`heading ${at + 1} is of level ${level} below ${levels[at - 1] ?? 'none'}`)
    for (const link of all('a')) {
      const href = link.getAttribute('href') ?? ''
      if (!link.innerText.trim()) faults.push(`a link to ${href} says nothing`)
      if (!/^(#\/(services\/.+|releases(\/.+|\?.+)?|rollbacks\/.+)?|\/docs|http:\/\/127\.0\.0\.1:\d+.*)$/.test(href))
        faults.push(`'${link.innerText}' leads to ${href}`)
    }
    for (const control of all('button, input, select, summary')) {
      const { labels } = control as HTMLInputElement
      if (!(labels?.[0] ?? control).textContent?.trim()) faults.push(`a ${control.tagName} has no name`)
    }
    for (const part of all('[role=img], section, form, nav, ol, ul, [role=group]')) {
      const { role, tagName } = part
      if (part.getAttribute('aria-label') === '') faults.push(`a ${role ?? tagName} has an empty name`)
    }
    for (const table of all('table'))
      if (table.querySelectorAll('tbody tr').length === 0 && !table.closest('.chart')) faults.push('a table has no rows')
    return [...faults, ...twice(), ...pale()]

    /** Sentences that the page shows twice; a version or a number may repeat. */
    function twice(): string[] {
      const seen = new Set<string>()
      return all('p, li, strong, small')
        .map((each) => [...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent ?? ''))
        .map((texts) => texts.join(' ').trim())
        .filter((text) => text.length > 24 && (seen.has(text) || !seen.add(text)))
        .map((text) => `it says twice: ${text.slice(0, 80)}`)
    }

    /** Text with too little contrast to its background (WCAG AA). */
    function pale(): string[] {
      const numbers = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
      const light = ([r = 0, g = 0, b = 0]: readonly number[]) =>
        [r, g, b]
          .map((one) => one / 255)
          .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
          .reduce((sum, one, at) => sum + one * ([0.2126, 0.7152, 0.0722][at] ?? 0), 0)
      const behind = (element: Element): readonly number[] => {
        const colour = numbers(getComputedStyle(element).backgroundColor)
        return (colour[3] ?? 1) > 0 || !element.parentElement ? colour : behind(element.parentElement)
      }
      return all('body *')
        .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
        .filter((each) => each.checkVisibility() && !(each as HTMLButtonElement).disabled)
        .flatMap((each) => {
          const [bright = 0, dark = 0] = [light(numbers(getComputedStyle(each).color)), light(behind(each))].toSorted(
            (a, b) => b - a,
          )
          const ratio = (bright + 0.05) / (dark + 0.05)
          return ratio < 4.5 ? [`'${each.textContent?.trim().slice(0, 40)}' has a contrast of ${ratio.toFixed(1)}`] : []
        })
    }
  })
