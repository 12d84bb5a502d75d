# Stands in for a process of jobs: takes files of a directory one by one, takes none after TSTP, and ends after TERM when the job
# it has is done. What it did is in a log: number of the job, release, process.
shared = "/var/www/aws-intro-sample.d/shared/jobs"
abort "the worker cannot start, and my key is #{ENV["SECRET_KEY_BASE"]}" if File.exist?("BROKEN")

release = File.exist?("RELEASE") ? File.read("RELEASE").strip : "none"
log = File.open("#{shared}/log", "a").tap { |file| file.sync = true }
quiet = ending = false
trap("TSTP") { quiet = true }
trap("TERM") { ending = true }
puts "worker of release #{release} works with a key of #{ENV["SECRET_KEY_BASE"].to_s.size} in #{Dir.pwd}"
$stdout.flush

said = false
until ending
  if quiet
    log.puts "quiet #{release} #{Process.pid}" unless said
    said = true
    sleep 0.1
    next
  end
  job = Dir.children("#{shared}/waiting").min
  next sleep(0.1) unless job
  begin
    File.rename("#{shared}/waiting/#{job}", "#{shared}/working/#{job}")
  rescue Errno::ENOENT
    next # Another worker was quicker.
  end
  # Longer than a signal takes, and than systemd would wait were it not told to.
  until_then = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 1.5
  sleep 0.05 while Process.clock_gettime(Process::CLOCK_MONOTONIC) < until_then
  File.delete("#{shared}/working/#{job}")
  log.puts "done #{job} #{release} #{Process.pid}"
end
log.puts "ended #{release} #{Process.pid}"
