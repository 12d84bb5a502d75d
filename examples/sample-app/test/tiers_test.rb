require_relative "test_helper"
require "minitest/mock"

class TiersTest < ActionDispatch::IntegrationTest
  def tiers
    get "/health/tiers"
    JSON.parse(response.body)
  end

  test "every tier is used and told" do
    found = tiers
    assert_response :ok
    assert_equal true, found["ok"]
    assert_equal({ "database" => "ok", "cache" => "ok", "uploads" => "ok", "mail" => "unset" },
                 found["tiers"].transform_values { |tier| tier["state"] })
    assert_equal 1, HealthMark.count
    assert_equal "no-store", response.headers["Cache-Control"]
  end

  {
    "database" => [ActiveRecord::ConnectionTimeoutError.new("could not obtain a connection from db.home"), "all connections are in use"],
    "cache" => [Redis::CommandError.new("MOVED 123 10.0.64.9:6379"), "the cache is a cluster and was not spoken to as one"],
    "uploads" => [Aws::S3::Errors::AccessDenied.new(nil, "arn:aws:sts::1:assumed-role/web"), "not allowed"],
    "mail" => [Net::SMTPAuthenticationError.new(Net::SMTP::Response.parse("535 5.7.8 AKIAEXAMPLE")), "login refused"],
  }.each do |name, (error, reason)|
    test "a broken #{name} is named, and nothing private with it" do
      SampleApp::Tiers::CHECKS.fetch(name).stub(:check, -> { raise error }) do
        found = tiers
        assert_response :service_unavailable
        assert_equal [name], found["tiers"].select { |_name, tier| tier["state"] == "failed" }.keys
        assert_equal reason, found["tiers"][name]["reason"]
        assert_no_match(/10\.0\.64|arn:|AKIA|db\.home/, response.body)
      end
    end
  end

  test "a broken tier can be seen on the page, and the page still comes" do
    SampleApp::Tiers::Cache.stub(:check, -> { raise Errno::ECONNREFUSED, "10.0.64.9" }) do
      get "/status"
      assert_response :service_unavailable
      assert_select ".tiers li.failed", 1
      assert_select ".tiers li.failed p", text: "connection refused"
    end
  end

  test "a check that never ends is late, and the others are told" do
    SampleApp::Tiers.send(:remove_const, :DEADLINE)
    SampleApp::Tiers.const_set(:DEADLINE, 0.2)
    SampleApp::Tiers::Uploads.stub(:check, -> { sleep }) do
      found = tiers
      assert_equal "no answer in time", found["tiers"]["uploads"]["reason"]
      assert_equal "ok", found["tiers"]["database"]["state"]
    end
  ensure
    SampleApp::Tiers.send(:remove_const, :DEADLINE)
    SampleApp::Tiers.const_set(:DEADLINE, 12)
  end

  test "who asks again at once gets the same answer" do
    asked = 0
    SampleApp::Tiers::Cache.stub(:check, -> { asked += 1; {} }) do
      5.times { tiers }
      assert_equal 1, asked
      travel 6.seconds do
        tiers
        assert_equal 2, asked
      end
    end
  end

  test "the application answers while nothing else does" do
    ActiveRecord::Base.connection_pool.stub(:with_connection, -> { raise "no database" }) { get "/up" }
    assert_equal [200, "ok\n"], [response.status, response.body]
  end
end
