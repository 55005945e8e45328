import { patchWhole } from './patch.js'

const panels = document.querySelector('[data-area=panels]')

async function drawPanels() {
  patchWhole(panels, await (await fetch('/sim/panels')).text())
}

document.body.classList.add('scripted')
if (panels !== null) {
  drawPanels()
  setInterval(() => document.hidden || drawPanels().catch(() => {}), 2000)
}
