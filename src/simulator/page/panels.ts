import { type Html, html } from './html.ts'

/** A block of rows beside the conversations on the page, e.g. the contents of the vault. */
export type Panel = { title: string; rows: { label: string; value: string }[]; note?: string }

/** Where the caller's panels come from. Their source may be away for a while. */
export type PanelSource = (() => Promise<readonly Panel[]>) | undefined

/** The caller's panels as HTML, or one that says why there are none now. */
export const renderPanelsOf = async (source: PanelSource): Promise<Html> => renderPanels(await panelsOf(source))

async function panelsOf(source: PanelSource): Promise<readonly Panel[]> {
  try {
    return (await source?.()) ?? []
  } catch (error) {
    return [{ title: 'Not available now', rows: [], note: error instanceof Error ? error.message : '' }]
  }
}

const renderPanels = (panels: readonly Panel[]): Html =>
  html`${panels.map(
    ({ title, rows, note }) => html`<section class="panel"><h2>${title}</h2>
<dl>${rows.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
${note !== undefined && html`<p class="note">${note}</p>`}</section>`,
  )}`
