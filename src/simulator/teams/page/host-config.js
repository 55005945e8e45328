const sizes = { small: 12, default: 14, medium: 16, large: 18, extraLarge: 22 }
const weights = { lighter: 300, default: 400, bolder: 600 }
const both = (name) => ({ default: `var(--card-${name})`, subtle: `var(--card-${name}-subtle)` })

/** Colours are variables of the style sheet, so that cards follow a person's light or dark theme. */
const style = (background) => ({
  backgroundColor: `var(--card-${background})`,
  borderColor: 'var(--line)',
  foregroundColors: {
    default: both('ink'),
    dark: both('ink'),
    light: both('ink'),
    accent: both('accent'),
    attention: both('attention'),
    good: both('good'),
    warning: both('warning'),
  },
})

/** How Teams draws cards: small type, buttons in a row that wrap, labels above their fields. */
export const hostConfig = {
  supportsInteractivity: true,
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 14 },
  lineHeights: { small: 17, default: 20, medium: 23, large: 25, extraLarge: 30 },
  separator: { lineThickness: 1, lineColor: 'var(--line)' },
  fontTypes: {
    default: { fontFamily: 'inherit', fontSizes: sizes, fontWeights: weights },
    monospace: {
      fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
      fontSizes: { ...sizes, default: 13 },
      fontWeights: weights,
    },
  },
  containerStyles: {
    default: style('paper'),
    emphasis: style('emphasis'),
    accent: style('accent-paper'),
    good: style('good-paper'),
    attention: style('attention-paper'),
    warning: style('warning-paper'),
  },
  inputs: {
    label: {
      inputSpacing: 'small',
      requiredInputs: { weight: 'bolder', suffix: ' *', suffixColor: 'attention' },
      optionalInputs: { weight: 'bolder' },
    },
    errorMessage: { color: 'attention', size: 'small', spacing: 'small', weight: 'default' },
  },
  actions: {
    maxActions: 6,
    spacing: 'medium',
    buttonSpacing: 8,
    actionsOrientation: 'horizontal',
    actionAlignment: 'left',
    allowTitleToWrap: true,
  },
  factSet: {
    title: { weight: 'bolder', wrap: true, maxWidth: 130 },
    value: { wrap: true },
    spacing: 12,
  },
  textBlock: { headingLevel: 3 },
}
