/** How often a race is repeated: 50 times with the other tests, 1,000 times by `npm run test:stress` (`TRIALS`). */
export const trials = Number(process.env.TRIALS ?? 50)
