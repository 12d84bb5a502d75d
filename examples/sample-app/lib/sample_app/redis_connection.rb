require "openssl"
require "redis"
require "redis-clustering" if Gem.loaded_specs.key?("redis-clustering")
require "uri"

module SampleApp
  # One connection per process to a cache, which is a cluster or is not: it is asked.
  class RedisConnection
    class Paused < StandardError; end

    # What a cache that cannot be used raises. A node that goes away in the middle makes the cluster's client raise errors of
    # Ruby's own, too: nothing else happens in there.
    FAILURES = [StandardError].freeze

    # Seconds to leave a broken cache alone, so that every page does not wait for it.
    PAUSE = 0.5

    def initialize(address, ca_file: nil)
      @address = address
      @ca_file = ca_file
      @lock = Mutex.new
      @broken_until = nil
    end

    # Yields a client. A failure is raised, and for a while after it Paused instead.
    def with
      raise Paused, "the cache failed a moment ago" if paused?

      always { |client| yield client }
    end

    # The same without the pause: for those who want to know how it is now.
    def always
      result = yield(client)
      @broken_until = nil
      result
    rescue *FAILURES
      @broken_until = now + PAUSE
      @lock.synchronize { @client = nil }
      raise
    end

    def url
      raise ArgumentError, "AWS_INTRO_SAMPLE_REDIS_ADDRESS is not set" unless @address

      @address.include?("://") ? @address : "rediss://#{@address}"
    end

    private

    # After the pause one caller tries, while the others go on without the cache.
    def paused?
      @lock.synchronize do
        return false unless @broken_until
        return true if now < @broken_until

        @broken_until = now + PAUSE
        false
      end
    end

    def client
      @lock.synchronize do
        # A connection must not be shared with the process that was forked from.
        @client = nil unless @pid == Process.pid
        @pid = Process.pid
        @client ||= connect
      end
    end

    # A client that was given one plain URL of a cluster reaches one shard, and fails for the keys of all others.
    def connect
      one = Redis.new(options.merge(url: url))
      return one unless one.info("cluster")["cluster_enabled"].to_s == "1"

      one.close
      of_its_own = Gem.loaded_specs.key?("redis-clustering")
      of_its_own ? Redis::Cluster.new(**options.merge(nodes: [url])) : Redis.new(options.merge(cluster: [url]))
    end

    def options
      tls = @ca_file ? { ssl_params: { ca_file: @ca_file } } : {}
      { connect_timeout: 0.5, read_timeout: 1, write_timeout: 1, reconnect_attempts: 1 }.merge(tls)
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
