require "active_support/cache"

module SampleApp
  # Rails' cache on Redis, cluster or not. Rails has none for clusters before 5.2, and later ones read several keys with
  # MGET, which a cluster refuses when they lie in different slots: here every key is asked for by itself.
  #
  # Pages go on without the cache when it fails; that it failed is logged, and told by /health/tiers.
  class RedisStore < ActiveSupport::Cache::Store
    attr_reader :connection

    def self.supports_cache_versioning?
      true
    end

    def initialize(connection, options = nil)
      super(options)
      @connection = connection
    end

    # The new count, or nil when the cache cannot be used.
    def increment(name, amount = 1, options = nil)
      settings = merged_options(options)
      key = normalize_key(name, settings)
      attempt("increment") do |redis|
        count = redis.incrby(key, amount)
        redis.expire(key, settings[:expires_in].to_i) if count == amount && settings[:expires_in]
        count
      end
    end

    private

    # Options come as a hash from Rails 5.1 and as keywords from 6.1: the last argument is either.
    def read_entry(key, *_options)
      data = attempt("read") { |redis| redis.get(key) }
      Marshal.load(data) if data
    rescue TypeError, ArgumentError, NameError
      nil # Written by another release.
    end

    def write_entry(key, entry, *options)
      seconds = (options.last || {})[:expires_in]
      expiry = seconds ? { px: (seconds.to_f * 1000).to_i } : {}
      attempt("write") { |redis| redis.set(key, Marshal.dump(entry), **expiry) } == "OK"
    end

    def delete_entry(key, *_options)
      attempt("delete") { |redis| redis.del(key) }.to_i > 0
    end

    def attempt(what)
      @connection.with { |redis| yield redis }
    rescue RedisConnection::Paused
      nil
    rescue *RedisConnection::FAILURES => error
      Rails.logger.error("Cache: #{what} failed: #{error.class}: #{error.message}")
      nil
    end
  end
end
