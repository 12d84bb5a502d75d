require "active_record"

module SampleApp
  # A database that restarts, or whose standby takes over, is away for a moment. A request that only reads waits for it and is
  # answered; one that writes is not repeated, as nobody knows how far it came.
  class Patience
    READING = %w[GET HEAD].freeze
    # Seconds to wait altogether, less than the load balancer's patience, and between two attempts.
    LIMIT = 15
    PAUSE = 0.2
    # MySQL's numbers for a server that is not there, goes, or has gone.
    GONE = [1053, 1077, 1079, 1927, 2002, 2003, 2006, 2013, 2055, 3169].freeze
    # And PostgreSQL's classes for the same.
    GONE_CLASSES = %w[PG::ConnectionBad PG::UnableToSend PG::AdminShutdown PG::CrashShutdown PG::CannotConnectNow].freeze

    def self.gone?(error)
      return false unless error
      return true if defined?(ActiveRecord::ConnectionNotEstablished) && error.instance_of?(ActiveRecord::ConnectionNotEstablished)
      return true if error.respond_to?(:error_number) && GONE.include?(error.error_number)
      return true if GONE_CLASSES.include?(error.class.name)

      gone?(error.cause)
    end

    def initialize(app, limit: LIMIT, pause: PAUSE)
      @app = app
      @limit = limit
      @pause = pause
    end

    def call(env)
      given = env.dup
      start = now
      begin
        @app.call(env)
      rescue StandardError => error
        raise unless READING.include?(given["REQUEST_METHOD"]) && self.class.gone?(error) && now - start < @limit

        # The pool looks at a connection before it gives it out again, and opens another one.
        ActiveRecord::Base.connection_handler.clear_active_connections!
        env.replace(given)
        sleep @pause
        retry
      end
    end

    private

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
