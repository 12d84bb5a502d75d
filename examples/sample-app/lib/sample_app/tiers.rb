require_relative "tiers/reasons"
require_relative "tiers/database"
require_relative "tiers/cache"
require_relative "tiers/uploads"
require_relative "tiers/mail"

module SampleApp
  # Which of the things that the application stands on work, found out by using them.
  #
  # Anybody may ask, so an answer is kept for a few seconds and one process asks one question at a time: the public
  # cannot load the tiers. It says why in words from a fixed list; names, addresses and messages stay in the log.
  module Tiers
    CHECKS = { "database" => Database, "cache" => Cache, "uploads" => Uploads, "mail" => Mail }.freeze

    # Seconds for which a result holds, and longer for a login that works: mail servers count logins.
    FRESH = 5
    FRESH_LOGIN = 20
    # Seconds that a check may take.
    DEADLINE = 12

    # state is ok, failed or unset (nothing was set up to check).
    Result = Struct.new(:state, :reason, :seconds, :checked_at, :detail) do
      def failed?
        state == "failed"
      end

      def to_hash
        found = { state: state, seconds: seconds.round(3), age: [Time.now - checked_at, 0].max.round(3) }
        found[:reason] = reason if reason
        found[:detail] = detail if detail
        found
      end
    end

    @lock = Mutex.new
    @results = {}

    class << self
      # name => Result for every tier.
      def look
        @lock.synchronize do
          due = CHECKS.keys.reject { |name| fresh?(name) }
          due.map { |name| [name, Thread.new { check(name) }, now] }.each do |name, thread, start|
            left = [DEADLINE - (now - start), 0].max
            unless thread.join(left)
              thread.kill
              late = Result.new("failed", "no answer in time", DEADLINE.to_f, Time.now)
            end
            @results[name] = late || thread.value
          end
          @results.dup
        end
      end

      # For tests, and for a console.
      def forget
        @lock.synchronize { @results = {} }
      end

      private

      def fresh?(name)
        result = @results[name]
        return false unless result

        Time.now - result.checked_at < (name == "mail" && !result.failed? ? FRESH_LOGIN : FRESH)
      end

      def check(name)
        start = now
        detail = CHECKS.fetch(name).check
        Result.new(detail.nil? ? "unset" : "ok", nil, now - start, Time.now, detail)
      rescue StandardError => error
        Rails.logger.error("Tier #{name}: #{error.class}: #{error.message}")
        Result.new("failed", Reasons.of(error), now - start, Time.now)
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
