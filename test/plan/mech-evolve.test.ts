import { beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { loadPlan } from '../../src/plan/load-plan.ts'
import type { ResolvedPlan } from '../../src/plan/plan.ts'
import { kinds } from '../../src/steps/index.ts'

/** The roles of the source document and their responsibilities. */
const RESPONSIBILITIES = {
  DockerArchitectMaster: [
    'Analyze current service structure and dependencies',
    'Design multi-stage Dockerfile for optimization',
    'Plan environment variable management strategy',
    'Design health check and monitoring endpoints',
    'Consider security best practices and hardening',
    'Plan volume mounts for persistent data',
  ],
  ContainerBuildWizard: [
    'Create optimized multi-stage Dockerfile',
    'Implement docker-compose.yml for development/production',
    'Configure volume mounts for MongoDB data persistence',
    'Set up networking and service discovery',
    'Implement container logging strategy',
    'Create .dockerignore for efficient builds',
  ],
  ContainerTestingSentinel: [
    'Test container build process end-to-end',
    'Verify service functionality within containers',
    'Test volume persistence and data integrity',
    'Validate networking and API accessibility',
    'Test container restart and recovery scenarios',
    'Load test containerized service',
  ],
  ProductionDeploymentChampion: [
    'Set up Docker registry workflow',
    'Configure production environment variables',
    'Implement deployment scripts and automation',
    'Set up monitoring and health checks',
    'Configure auto-restart and recovery policies',
    'Manage SSL/TLS certificates',
  ],
  IntegrationValidationGuardian: [
    'Test all API endpoints in production',
    'Verify Claude Code integration functionality',
    'Test installation script with production URL',
    'Validate logging and monitoring systems',
    'Confirm rollback procedures work',
    'Monitor initial production performance',
  ],
}

let plan: ResolvedPlan
beforeAll(async () => {
  plan = await loadPlan({
    ...{ plan: 'mech-evolve', folders: [packageFolder('plans')], kinds, runId: 'run' },
    inputs: { version: '1.0.0' },
    secretsFolder: '/secrets',
  })
})

const steps = () => plan.phases.flatMap((phase) => phase.steps)

describe('mech-evolve', () => {
  it('covers every responsibility of the source, with a step of each role', () => {
    const rows = steps().flatMap(({ source }) => source ?? [])
    expect(
      Object.values(RESPONSIBILITIES)
        .flat()
        .filter((row) => !rows.includes(row)),
    ).toEqual([])
    expect(new Set(steps().map(({ role }) => role))).toEqual(new Set(Object.keys(RESPONSIBILITIES)))
  })
})
