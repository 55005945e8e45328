/** A menu closes when something in it is used, with Escape, when Tab leaves it, and with a click elsewhere. */
function close(menu, keepsFocus) {
  menu.open = false
  if (keepsFocus) menu.querySelector('summary').focus()
}

document.addEventListener('click', ({ target }) => {
  for (const menu of document.querySelectorAll('.menu[open]')) {
    const isUsed = menu.contains(target) && target.closest('button') !== null
    if (isUsed || !menu.contains(target)) close(menu, isUsed)
  }
})
document.addEventListener('keydown', ({ target, key }) => {
  const menu = target.closest('.menu[open]')
  if (menu === null) return
  if (key === 'Escape') close(menu, true)
  if (key === 'Tab') setTimeout(() => menu.contains(document.activeElement) || close(menu, false))
})
