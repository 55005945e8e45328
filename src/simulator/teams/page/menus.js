/** A menu closes when something in it is used, with Escape, when Tab leaves it, and with a click elsewhere. */
function close(menu, keepsFocus) {
  menu.open = false
  if (keepsFocus) menu.querySelector('summary').focus()
}

// The library that draws cards keeps the clicks on its buttons to itself, so this listens before it.
document.addEventListener(
  'click',
  ({ target }) => {
    for (const menu of document.querySelectorAll('.menu[open]')) if (!menu.contains(target)) close(menu, false)
  },
  true,
)
document.addEventListener('click', ({ target }) => {
  const menu = target.closest('button')?.closest('.menu[open]')
  if (menu) close(menu, true)
})
document.addEventListener('keydown', ({ target, key }) => {
  const menu = target.closest('.menu[open]')
  if (menu === null) return
  if (key === 'Escape') close(menu, true)
  if (key === 'Tab') setTimeout(() => menu.contains(document.activeElement) || close(menu, false))
})
