import { decidedBy } from '../domain/request-items.ts'
import type { CardContext } from './card-context.ts'
import { endReasonText, type NameOf } from './copy-states.ts'
import { itemText } from './request-items.ts'
import type { Text } from './view-model.ts'

type Past = NonNullable<CardContext['past']>[number]

/** What became of earlier access, a line each. */
export const pastText = (past: readonly Past[], nameOf: NameOf): Text =>
  past.flatMap((one, index) => [
    ...(index === 0 ? [] : ['\n']),
    ...itemText(one.item),
    ': ',
    ...(one.isDenied ? denialText(one, nameOf) : grantText(one, nameOf)),
  ])

const denialText = ({ item, of: { request } }: Past, nameOf: NameOf): Text => {
  const denials = request.decisions.filter(({ verdict }) => verdict === 'deny')
  const position = request.items.indexOf(item)
  const denial = denials.find((each) => decidedBy(request, each).includes(position)) ?? denials[0]
  return denial ? ['denied ', { time: denial.at }, ' by ', nameOf(denial.by)] : ['denied']
}

const grantText = ({ of: { grant }, isUnfetched }: Past, nameOf: NameOf): Text => {
  switch (grant?.state) {
    case 'active':
      return ['held until ', { time: grant.expiresAt }, ...(isUnfetched ? [', not fetched yet'] : [])]
    case 'ended': {
      if (grant.because === 'provision-failed') return ['could not be set up ', { time: grant.at }]
      const never = isUnfetched ? [', never fetched'] : []
      if (grant.because === 'expired') return ['ended ', { time: grant.at }, ...never]
      const by: Text = grant.by && grant.because === 'revoked' ? [' by ', nameOf(grant.by)] : []
      const plain = grant.because === 'revoked' || grant.because === 'given-back'
      const why = plain ? `${endReasonText[grant.because]} ` : 'ended '
      return [why, { time: grant.at }, ...by, ...(plain ? [] : [`: ${endReasonText[grant.because]}`]), ...never]
    }
    case 'revoking':
      return ['ending']
    default:
      return ['being set up']
  }
}
