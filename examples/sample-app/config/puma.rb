# The book's socket and layout; everything else by environment.
root = ENV.fetch("APP_ROOT") { File.expand_path("..", __dir__) }
# A path with a symbolic link in it must be kept as it was given, or a restart would start the old release again.
directory root

rails_env = ENV.fetch("RAILS_ENV", "development")
environment rails_env

most = Integer(ENV.fetch("RAILS_MAX_THREADS", 5))
threads Integer(ENV.fetch("RAILS_MIN_THREADS", most)), most

if rails_env == "production"
  bind "unix://#{root}/tmp/sockets/puma.sock"
  pidfile "#{root}/tmp/pids/puma.pid"
  state_path "#{root}/tmp/pids/puma.state"

  count = Integer(ENV.fetch("WEB_CONCURRENCY", 2))
  workers count
  # Copied memory and faster workers; a phased restart, which takes new code into one worker after another, wants none.
  preload_app! if count > 0 && ENV.fetch("PUMA_PRELOAD", "true") == "true"
else
  port Integer(ENV.fetch("PORT", 3000)), "127.0.0.1"
end

# Rails does this by itself from 5.2 on.
before_fork { ActiveRecord::Base.connection_pool.disconnect! if defined?(ActiveRecord::Base) }
on_worker_boot { ActiveRecord::Base.establish_connection if defined?(ActiveRecord::Base) }
