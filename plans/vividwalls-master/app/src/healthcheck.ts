// The health check of the image, which has no curl. Exit status 0 if the service and its database answer.
try {
  const response = await fetch(`http://127.0.0.1:${process.env['PORT'] ?? 3000}/health`, {
    signal: AbortSignal.timeout(4000),
  })
  console.log(`${response.status} ${await response.text()}`)
  process.exitCode = response.ok ? 0 : 1
} catch (error) {
  console.log(String(error))
  process.exitCode = 1
}
