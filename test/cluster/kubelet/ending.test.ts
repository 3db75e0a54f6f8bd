import { expect } from 'chai'
import { drivenPod, notes, podOf, short } from './driven-pod.ts'

const appState = (pod: ReturnType<typeof drivenPod>) => pod.status().containerStatuses?.[0]

describe('a pod that is deleted', () => {
  it('gets SIGTERM, and SIGKILL after its grace; only then are its network and its object removed', () => {
    const pod = drivenPod(podOf())
    pod.run()
    expect(short(pod.delete(30))).to.deep.equal(['SIGTERM app'])
    expect(short(pod.wait(29_999))).to.deep.equal([])
    expect(short(pod.wake())).to.deep.equal(['SIGKILL app'])
    expect(pod.passedMs()).to.equal(30_000)
    expect(short(pod.exit(137))).to.deep.equal(['remove-sandbox'])
    expect(short(pod.seen({ kind: 'sandbox-removed' }))).to.deep.equal(['remove-pod'])
    expect(short(pod.step())).to.deep.equal([])
    expect(appState(pod)?.state?.terminated).to.include({ exitCode: 137 })
  })

  it('runs its preStop hook within the grace, and gets 2 s after a hook that used all of it', () => {
    const pod = drivenPod(podOf({}, { lifecycle: { preStop: { sleep: { seconds: 60 } } } }))
    pod.run()
    expect(short(pod.delete(10))).to.deep.equal(['hook app'])
    expect(short(pod.wake())).to.deep.equal(['SIGTERM app'])
    expect(pod.passedMs()).to.equal(10_000)
    expect(short(pod.wake())).to.deep.equal(['SIGKILL app'])
    expect(pod.passedMs()).to.equal(12_000)
  })

  it('gets SIGTERM as soon as its hook is over, and the rest of the grace after it', () => {
    const pod = drivenPod(podOf({}, { lifecycle: { preStop: { exec: { command: ['drain'] } } } }))
    pod.run()
    pod.delete(10)
    pod.wait(4_000)
    const over = pod.seen({ kind: 'hook-is-over', container: 'app', id: 'run-1', failure: 'exit code 1' })
    expect(short(over)).to.deep.equal(['SIGTERM app'])
    expect(notes(over)).to.deep.equal(['FailedPreStopHook: PreStopHook failed: exit code 1'])
    expect(pod.wakesInMs()).to.equal(6_000)
  })

  it('ends sooner after a second deletion with less grace, and never later after one with more', () => {
    const pod = drivenPod(podOf())
    pod.run()
    pod.delete(30)
    pod.delete(300)
    expect(pod.wakesInMs()).to.equal(30_000)
    pod.delete(5)
    expect(pod.wakesInMs()).to.equal(5_000)
    pod.seen({ kind: 'vanished' })
    expect(pod.wakesInMs()).to.equal(2_000)
  })

  it('starts no container again that ends meanwhile', () => {
    const pod = drivenPod(podOf())
    pod.run()
    pod.delete(30)
    expect(short(pod.exit(1))).to.deep.equal(['remove-sandbox'])
  })

  it('is removed at once if nothing ran, and after its network if that was being made', () => {
    const waiting = drivenPod(podOf())
    waiting.step()
    expect(short(waiting.delete(30))).to.deep.equal([])
    expect(short(waiting.seen({ kind: 'sandbox-up', ip: '10.244.0.10' }))).to.deep.equal(['remove-sandbox'])
    expect(short(waiting.seen({ kind: 'sandbox-removed' }))).to.deep.equal(['remove-pod'])
  })

  it('is also ended at its own deadline, and has then failed', () => {
    const pod = drivenPod(podOf({ activeDeadlineSeconds: 60, restartPolicy: 'Never' }))
    pod.run()
    expect(short(pod.wake())).to.deep.equal(['SIGTERM app'])
    pod.exit(143)
    expect(pod.status()).to.include({ phase: 'Failed', reason: 'DeadlineExceeded' })
  })
})
