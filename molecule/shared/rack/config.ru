# Stands in for a Rails application: says who it is, takes its time when asked to, or to start, and refuses to start when told so.
require "json"

abort "the application cannot start: BROKEN is set, and my key is #{ENV["SECRET_KEY_BASE"]}" if ENV["BROKEN"]

sleep ENV.fetch("SLOW_START", "0").to_f

RELEASE = File.exist?("RELEASE") ? File.read("RELEASE").strip : "none"

run(lambda do |env|
  sleep Rack::Utils.parse_query(env["QUERY_STRING"]).fetch("sleep", "0").to_f
  body = {
    release: RELEASE, pid: Process.pid, path: env["PATH_INFO"], scheme: env["rack.url_scheme"],
    secret: ENV["SECRET_KEY_BASE"].to_s.size, directory: Dir.pwd
  }
  [ENV["SICK"] ? 503 : 200, { "Content-Type" => "application/json" }, [JSON.generate(body)]]
end)
