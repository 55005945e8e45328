/** Puts the app's question; resolves with whether the person agreed. */
export function ask(question) {
  const dialog = document.querySelector('.confirm-dialog')
  const [no, yes] = dialog.querySelectorAll('button')
  dialog.querySelector('h2').textContent = question.dataset.title
  dialog.querySelector('.confirm-text').replaceChildren(question.content.cloneNode(true))
  no.textContent = question.dataset.no
  yes.textContent = question.dataset.yes
  yes.className = `button ${question.dataset.style}`
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}
