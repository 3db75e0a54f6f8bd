// The command line reaches the system by HTTP only.
import '../../adapters/config.ts' // ops may not import adapters
import type { A } from '../../adapters/config.ts' // ops may not import adapters
import '@temporalio/worker' // ops may not import the package @temporalio/worker
import 'pg' // ops may not import the package pg
import '@temporalio/client' // ops may not import the package @temporalio/client
