import type { z } from 'zod'
import type { Workload } from '../../../domain/workload.ts'
import type { Workload as WorkloadSchema } from '../schemas/workloads.ts'

/** Who uses an access, as the API shows it. */
export const workloadShape = (workload: Workload): z.input<typeof WorkloadSchema> =>
  workload.kind === 'approle' ? { ...workload, cidrs: [...workload.cidrs] } : workload
