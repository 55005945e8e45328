/** Conveniences only: without this script the pages show and do the same. Admitted by its hash. */
export const enhancements = `
(() => {
  const status = document.querySelector('[role="status"]')
  const say = (text) => { status.textContent = ''; requestAnimationFrame(() => { status.textContent = text }) }

  for (const time of document.querySelectorAll('time')) {
    const form = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }
    time.textContent = new Intl.DateTimeFormat('en-GB', form).format(new Date(time.dateTime))
  }

  for (const button of document.querySelectorAll('[data-copy]')) {
    if (!navigator.clipboard) break
    button.hidden = false
    button.addEventListener('click', async () => {
      const text = document.getElementById(button.dataset.copy).textContent.trim()
      const done = await navigator.clipboard.writeText(text).then(() => true, () => false)
      say(done ? 'Copied.' : 'Your browser did not let us copy. Select the text instead.')
      button.textContent = done ? 'Copied' : 'Select the text instead'
      setTimeout(() => { button.textContent = button.dataset.label }, 2500)
    })
  }

  // A double click would send the form twice, and the browser would show the second, empty answer.
  for (const form of document.forms) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) { event.preventDefault(); return }
      form.dataset.sent = 'yes'
      const button = event.submitter ?? form.querySelector('button')
      button.setAttribute('aria-disabled', 'true')
      button.textContent = button.dataset.busy
    })
  }

  const left = document.querySelector('[data-seconds-left]')
  if (left) {
    const end = performance.now() + Number(left.dataset.secondsLeft) * 1000
    const tick = () => {
      const seconds = Math.max(0, Math.round((end - performance.now()) / 1000))
      left.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0') + ' left'
      if (seconds > 0) { setTimeout(tick, 250); return }
      document.getElementById('alive').hidden = true
      document.getElementById('over').hidden = false
      say(document.getElementById('over').textContent)
    }
    tick()
  }

  const again = document.querySelector('[data-again]')
  if (again) setTimeout(() => location.reload(), Number(again.dataset.again))

  // The Back button must not show a credential again.
  addEventListener('pageshow', (event) => { if (event.persisted) location.replace(location.href) })
})()
`
