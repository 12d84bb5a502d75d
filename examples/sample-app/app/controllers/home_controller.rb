class HomeController < ApplicationController
  def index
    @micropost = Micropost.new
  end
end
